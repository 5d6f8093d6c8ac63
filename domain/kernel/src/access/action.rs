use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::Role::{
    self, Adapter, Applicant, Approver, AuditAdmin, Clerk, DepartmentHead, GovernmentHead, Hotline, Manager,
    ReformOfficer, Reviewer, SecurityAdmin, Supervisor, SystemAdmin,
};

macro_rules! actions {
    (
        on_a_case { $($act:ident $act_label:literal $act_roles:tt)* }
        on_an_impasse { $($step:ident $step_label:literal $step_roles:tt)* }
        besides { $($other:ident $label:literal $roles:tt)* }
    ) => {
        /// What can be done through the API. One per thing that is allowed or refused as a whole.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, EnumString,
            IntoStaticStr, VariantArray,
        )]
        #[serde(rename_all = "snake_case")]
        #[strum(serialize_all = "snake_case")]
        pub enum Action {
            $(#[doc = $act_label] $act,)*
            $(#[doc = $step_label] $step,)*
            $(#[doc = $label] $other,)*
        }

        impl Action {
            /// The actions that concern one case, in the order of its life.
            pub const ON_A_CASE: &[Self] = &[$(Self::$act),*];

            /// The actions that concern one impasse (办不成事), in the order of its life.
            pub const ON_AN_IMPASSE: &[Self] = &[$(Self::$step),*];

            /// For people.
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$act => $act_label,)*
                    $(Self::$step => $step_label,)*
                    $(Self::$other => $label,)*
                }
            }
        }

        /// The table: which roles an action is for. Place is checked besides.
        pub fn roles_for(action: Action) -> &'static [Role] {
            match action {
                $(Action::$act => &$act_roles,)*
                $(Action::$step => &$step_roles,)*
                $(Action::$other => &$roles,)*
            }
        }
    };
}

actions! {
    on_a_case {
        AttachFile "上传材料" [Clerk, Applicant, Adapter]
        ReuseMaterial "确认复用已有材料" [Clerk, Applicant, Adapter]
        CheckScope "核验受理范围" [Clerk]
        CheckMaterial "核验材料" [Clerk]
        NotifyCorrections "一次性告知" [Clerk]
        AllowSecondNotice "准许再次告知" [Manager]
        SubmitCorrections "提交补正" [Clerk, Applicant, Adapter]
        Accept "受理" [Clerk]
        AcceptConditionally "容缺受理" [Clerk]
        AcceptOnCommitment "告知承诺受理" [Clerk]
        RevokeAcceptance "撤销受理" [Clerk]
        Reject "不予受理" [Clerk]
        DeclareNotRequired "不受理" [Clerk]
        Withdraw "撤回申请" [Clerk, Applicant, Adapter]
        ChooseDelivery "选择送达方式" [Clerk, Applicant, Adapter]
        Assign "分派" [Reviewer, Approver]
        OfferHandOver "移交" [Clerk, Reviewer, Approver]
        AcceptHandOver "接受移交" [Clerk, Reviewer, Approver]
        DeclineHandOver "退回移交" [Clerk, Reviewer, Approver]
        Delegate "委派" [Reviewer, Approver]
        EndDelegation "结束委派" [Reviewer, Approver]
        Transfer "转办" [Approver]
        AcceptTransfer "接受转办" [Reviewer, Approver]
        DeclineTransfer "退回转办" [Reviewer, Approver]
        StartProcedure "启动特别程序" [Approver]
        EndProcedure "结束特别程序" [Reviewer, Approver]
        Pause "登记暂停" [Reviewer, Approver]
        Resume "登记恢复" [Reviewer, Approver]
        Extend "延长期限" [DepartmentHead, GovernmentHead]
        DrawPlan "制定会审方案" [Reviewer, Approver]
        GiveOpinion "反馈会审意见" [Reviewer, Approver]
        AskMore "会审要求补充" [Reviewer, Approver]
        AnswerMore "答复会审补充" [Reviewer, Approver]
        ScheduleInspection "安排联合踏勘" [Reviewer, Approver]
        RecordInspection "记录联合踏勘" [Reviewer, Approver]
        GiveFindings "反馈踏勘意见" [Reviewer, Approver]
        Review "审核" [Reviewer, Approver]
        ReturnForRework "退回重办" [Approver]
        Decide "决定" [Approver]
        DecideOnTheSpot "即办" [Clerk]
        IssueResult "出件" [Clerk]
        HandOut "窗口领取" [Clerk]
        Dispatch "寄出" [Clerk]
        Track "物流更新" [Clerk]
        DeliverElectronically "电子送达" [Clerk]
        AcknowledgeDelivery "确认收到" [Applicant, Adapter]
        Close "办结归档" [Clerk]
        VerifyCommitment "承诺核查" [Reviewer, Approver]
        ReplaceResult "更正或补发结果" [Approver]
        RevokeGrant "撤销许可" [DepartmentHead]
        CancelGrant "注销许可" [Approver]
        SealDocument "加盖电子印章" [Clerk, Approver, DepartmentHead]
        AddNote "补充说明" [Clerk, Reviewer, Approver]
        Reopen "恢复办理" [DepartmentHead]
        Rate "评价" [Applicant, Adapter]
    }
    on_an_impasse {
        ContactApplicant "联系申请人" [Clerk, Manager, Supervisor, ReformOfficer, Reviewer, Approver]
        FileImpasse "备案登记" [Manager]
        SupplementImpasse "补充情况" [Clerk, Manager, Applicant, Adapter]
        UrgeImpasse "催办" [Clerk, Applicant, Adapter]
        OfferImpasse "移交首问责任" [Clerk, Manager, Supervisor, ReformOfficer]
        AcceptImpasse "接受首问责任" [Clerk, Manager, Supervisor, ReformOfficer]
        DeclineImpasse "退回首问责任" [Clerk, Manager, Supervisor, ReformOfficer]
        RaiseLevel "提级" [Manager, Supervisor, ReformOfficer]
        LowerLevel "降级" [ReformOfficer]
        IssueOrder "交办" [Manager, Supervisor, ReformOfficer]
        AcknowledgeOrder "签收交办单" [Reviewer, Approver, DepartmentHead]
        ReturnOrder "退回交办单" [Approver, DepartmentHead]
        RuleOnReturn "裁定退回" [Manager, Supervisor, ReformOfficer]
        RequestOrderExtension "申请交办延期" [Reviewer, Approver, DepartmentHead]
        RuleOnOrderExtension "审批交办延期" [Manager, Supervisor, ReformOfficer]
        RuleOnSupervision "裁定督办" [Supervisor, ReformOfficer]
        CompleteOrder "反馈完成情况" [Reviewer, Approver]
        SignOrder "主管领导签字" [DepartmentHead]
        SendBackOrder "退回重办交办单" [DepartmentHead, Manager, Supervisor, ReformOfficer]
        AnswerApplicant "答复申请人" [Clerk, Manager, ReformOfficer]
        RecordSatisfaction "登记满意度" [Clerk, Applicant, Adapter]
        ProposeCarrying "申请挂账" [Manager]
        RuleOnCarrying "审批挂账" [ReformOfficer]
        ReviewCarried "复核挂账" [ReformOfficer]
        FollowUp "登记回访" [ReformOfficer]
    }
    besides {
        RegisterImpasse "登记办不成事" [Clerk, Reviewer, Approver, Applicant, Adapter]
        ReadImpasse "查看办不成事" [Clerk, Reviewer, Approver, DepartmentHead, GovernmentHead, Manager, Supervisor, ReformOfficer, AuditAdmin, Applicant, Adapter, Hotline]
        ReadApplicant "查看反映人完整信息" [Clerk, Manager, Supervisor, ReformOfficer, Applicant]
        ReadOrderTasks "查看待办交办单" [Reviewer, Approver, DepartmentHead]
        ReadImpasseRegister "查看办不成事记录表" [Manager, Supervisor, ReformOfficer, GovernmentHead, AuditAdmin]
        ReadWindowFigures "查看窗口统计" [Manager, Supervisor, ReformOfficer, GovernmentHead, AuditAdmin]
        FileNegativeReply "登记否定答复" [Clerk]
        ReadNegativeReplies "查看否定答复" [Clerk, Manager, Supervisor, ReformOfficer, AuditAdmin, Applicant]
        RecordConsultation "登记咨询" [Clerk]
        HandleConsultation "办理咨询" [Clerk]
        ReadConsultations "查看咨询" [Clerk, Manager, Supervisor, ReformOfficer, AuditAdmin, Applicant]
        HoldTriage "主持分类梳理" [Manager]
        ReadTriage "查看分类梳理" [Manager, Supervisor, ReformOfficer, GovernmentHead, AuditAdmin]
        HoldMeeting "召开部门协调会议" [ReformOfficer]
        ReadMeetings "查看部门协调会议" [Reviewer, Approver, DepartmentHead, Manager, Supervisor, ReformOfficer, GovernmentHead, AuditAdmin]
        SubmitToGovernment "提交市政府" [ReformOfficer]
        ReadSubmissions "查看提交市政府的事项" [Manager, Supervisor, ReformOfficer, GovernmentHead, AuditAdmin]
        DraftPrecedent "编写案例" [Manager]
        PublishPrecedent "审核发布案例" [ReformOfficer]
        ReadDraftPrecedents "查看未发布的案例" [Manager, ReformOfficer, AuditAdmin]
        ProposeItem "提出事项建议" [Manager, ReformOfficer]
        SettleProposal "处理事项建议" [Manager]
        ReadProposals "查看事项建议" [Manager, ReformOfficer, AuditAdmin]
        PlanFollowUps "制定回访计划" [ReformOfficer]
        ReadFollowUps "查看回访" [ReformOfficer, Manager, AuditAdmin]
        DeliverWorkOrder "推送工单" [Hotline]
        HandleWorkOrder "办理工单" [Supervisor]
        AnswerWorkOrder "答复承办工单" [Supervisor, Clerk, Reviewer, Approver]
        ExtendWorkOrder "申请工单延期" [Supervisor, Clerk, Approver, DepartmentHead]
        ReturnAssignment "退回转办工单" [Clerk, Approver, DepartmentHead]
        ReadWorkOrders "查看工单" [Hotline, Supervisor, Manager, ReformOfficer, AuditAdmin, Clerk, Reviewer, Approver, DepartmentHead]
        ReadWorkOrderCaller "查看来电人完整信息" [Supervisor, Clerk, Reviewer, Approver]
        ReadWorkOrderExchange "查看工单往来消息" [Hotline, Supervisor, Manager, ReformOfficer, AuditAdmin]
        RaiseTicket "转热线" [Clerk]
        AnswerTicket "答复转办事项" [Hotline]
        ReadTickets "查看转热线事项" [Clerk, Hotline, Supervisor, Manager, ReformOfficer, AuditAdmin]
        ReconcileWorkOrders "对账" [Hotline, Supervisor]
        EditCodeMaps "维护代码对照" [Supervisor, SystemAdmin]
        ReadCodeMaps "查看代码对照" [Supervisor, SystemAdmin, AuditAdmin, Adapter]
        Receive "收件" [Clerk, Applicant, Adapter]
        PushApplication "推送申请" [Adapter]
        ReadApplications "查看推送的申请" [Adapter]
        MapEnterpriseCode "登记企业码" [SystemAdmin, Adapter]
        AssignEnterpriseCode "指定企业码登记系统" [SystemAdmin]
        ReadEnterpriseCodes "查看企业码" [SystemAdmin, AuditAdmin, Adapter]
        ReadCase "查看办件" [Clerk, Reviewer, Approver, DepartmentHead, GovernmentHead, Manager, Supervisor, ReformOfficer, AuditAdmin, Applicant, Adapter]
        ReadRatings "查看好差评" [Clerk, Reviewer, Approver, DepartmentHead, GovernmentHead, Manager, Supervisor, ReformOfficer, AuditAdmin]
        ReadPersonal "查看完整个人信息" [Clerk, Reviewer, Approver, Applicant]
        ReadFile "查看材料附件" [Clerk, Reviewer, Approver, Applicant, Adapter]
        ReadReceipt "查看收件凭证" [Clerk, Applicant, Adapter]
        ReadPickUpCode "查看领取码" [Applicant, Adapter]
        KeepDraft "保存申请草稿" [Applicant]
        ReadOwnDrafts "查看申请草稿" [Applicant]
        ReadWorklist "查看待办" [Clerk, Reviewer, Approver, DepartmentHead]
        ReadTasks "查看协办待办" [Reviewer, Approver]
        ReadColleagues "查看同事" [Clerk, Reviewer, Approver]
        ReadDrafts "查看未发布的事项" [Manager]
        EditItem "编辑事项" [Manager]
        PublishItem "发布事项" [Manager]
        ImportCalendar "导入日历" [SystemAdmin]
        ReadRecomputations "查看期限重算" [SystemAdmin, Manager]
        ReadPostings "查看派驻" [SecurityAdmin, Manager, AuditAdmin]
        EditPostings "维护派驻" [SecurityAdmin]
        VerifyRecord "校验记录" [AuditAdmin]
        OrderExport "发起数据交换" [Manager]
        ReadExports "查看交换批次" [Manager, SystemAdmin, AuditAdmin, Adapter]
        ReadExportFiles "下载交换文件" [Manager, Adapter]
        ReadEvents "读取事件流" [Clerk, Reviewer, Approver, DepartmentHead, Manager, Supervisor, ReformOfficer, AuditAdmin, Adapter]
        ReadClients "查看对接系统" [SystemAdmin, SecurityAdmin, AuditAdmin]
        EditClients "维护对接系统" [SecurityAdmin]
        Vouch "代申请人办理" [Adapter]
        ReadVouchers "查看代办凭据" [Adapter]
        EndVoucher "终止代办凭据" [Adapter]
        ReadWebhooks "查看推送订阅" [Adapter, SystemAdmin, SecurityAdmin, AuditAdmin]
        EditWebhooks "维护推送订阅" [Adapter, SecurityAdmin]
        MoveClock "调整演示时钟" [SystemAdmin, Adapter, Hotline]
        OpenCentre "开设演练中心" [SystemAdmin]
    }
}

impl Action {
    /// Whether it only shows something.
    pub fn is_reading(self) -> bool {
        <&str>::from(self).starts_with("read_")
    }

    /// 办不成事, where a system has it.
    pub fn is_about_impasses(self) -> bool {
        Self::ON_AN_IMPASSE.contains(&self) || matches!(self, Self::RegisterImpasse | Self::ReadImpasse)
    }

    /// What a department does that has a part in a case without handling it.
    pub fn is_for_participants(self) -> bool {
        matches!(
            self,
            Self::GiveOpinion | Self::AskMore | Self::GiveFindings | Self::AcceptTransfer | Self::DeclineTransfer
        )
    }
}
